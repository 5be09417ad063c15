"""A model that says one thing, for the tests of the officer's jobs: real models take a world to learn."""

from triage.domain.case import Prediction

CLASSES = ("light", "standard", "heavy")
SAID = Prediction(CLASSES, (0.02, 0.08, 0.9), 20, 35, 60, 38, (5.0, 0.5), ("heavy",), True, "model-1")


class Model:
    """Expects heavy work of every case."""

    def __init__(self):
        self.features = self

    def unmet(self, intake):
        return ()

    def predict_one(self, intake):
        return SAID

    def contributions(self, intake):
        return [("family_size", 0.4)]
