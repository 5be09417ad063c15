"""The outside world: store, settings, files, MLflow, model bundles."""
