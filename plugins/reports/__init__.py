"""The report: a document of sections, sentences, figures and claims, and its renderings. Names are in `document` and `wording`."""
