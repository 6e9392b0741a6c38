"""The ground floor: database, scope, time, words, files; nothing here knows an organization."""
