"""All tables of the module, in the order in which they refer to each other."""

from . import models, models_life, models_points

MODELS = [*models.MODELS, *models_points.MODELS, *models_life.MODELS]
