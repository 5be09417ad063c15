"""The model as MLflow serves it: a script that `mlflow models serve` runs, a copy for comparison and other teams.

Not in the request path of the product. It reads the checked bundle, no pickle. The table it takes is described in
routing/served.py.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from triage.adapters.bundles import read_bundle
from triage.routing.complexity import ComplexityModel
from triage.routing.served import of_served


class ServedComplexity(PythonModel):
    """Complexity predictions for a flat table of facts."""

    def load_context(self, context: Any) -> None:
        """Read and verify the bundle that was logged with this copy."""
        self.model = ComplexityModel.of_files(read_bundle(Path(context.artifacts["bundle"])))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # type: ignore[override]
        """The columns of ComplexityModel.predict, row by row."""
        cases, moment = of_served(model_input, self.model.features)
        return self.model.predict(cases, moment)


set_model(ServedComplexity())
