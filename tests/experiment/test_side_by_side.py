"""Models that take little time are worked on side by side, each as one piece that travels; the result is the same."""

import pickle

from responder.experiment import resolve_experiment, run_experiment
from responder.experiment.write import result_files
from responder.workers.seam import InProcess

CHEAP = ("permutation.draws=99", "bootstrap.draws=20", "validation.rebalanced_draws=1")
MODELS = ("prevalence", "ridge:0.1", "firth", "gp", "single:rpdai", "lightgbm")


class Travelling(InProcess):
    """Workers that are sent what they need, one message a worker and a piece, and send back what they found."""

    def __init__(self):
        self.pieces = {}

    def _finish(self, function, shared, chunks, todo):
        for number in todo:
            self.pieces.setdefault(function.__name__, []).append(chunks[number])
            sent, own = pickle.loads(pickle.dumps((shared, function)))
            yield number, pickle.loads(pickle.dumps(own(sent, chunks[number])))


def test_what_travels_gives_the_same_bytes(root):
    asked = resolve_experiment(
        root / "experiments/rp_ld_il2.toml", flags={"models": MODELS}, settings=CHEAP, environment={}
    )
    workers = Travelling()
    assert result_files(run_experiment(asked, workers=workers)) == result_files(run_experiment(asked))
    assert set(workers.pieces["_validate_short"]) == set(MODELS)
    assert workers.pieces["_validate_short"][0] == "lightgbm", "what takes longest is begun first"
    assert set(workers.pieces["_short_test"]) <= set(MODELS) - {"prevalence"}
