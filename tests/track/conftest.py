"""A tracking store takes MLflow a second to make: one is made, and copied."""

import shutil

import mlflow
import pytest


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """The file of a store without runs."""
    file = tmp_path_factory.mktemp("empty") / "mlflow.db"
    mlflow.MlflowClient(tracking_uri=f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture(scope="session")
def new_store(empty_store):
    """A function that puts a fresh store into a folder: ``uri, client = new_store(folder)``."""

    def make(folder):
        shutil.copy(empty_store, folder / "mlflow.db")
        uri = f"sqlite:///{folder}/mlflow.db"
        return uri, mlflow.MlflowClient(tracking_uri=uri)

    return make
