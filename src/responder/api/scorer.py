"""Score new patients by a trained model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.cohort.data_frame import table_of_frame
from responder.score import Bundle, Score, load_bundle, score_profile, score_table, write_bundle

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Scorer"]


@dataclass(frozen=True, repr=False)
class Scorer:
    """The primary model of an analysis, as a bundle that scores.

    Attributes
    ----------
    bundle : Bundle
        The model and all that belongs to it.
    """

    bundle: Bundle

    @classmethod
    def load(cls, folder: str | Path) -> Scorer:
        """Read a bundle, such as ``models/rp_ld_il2``; nothing in it is executed."""
        return cls(load_bundle(folder))

    def score(self, profile: Mapping[str, Any], *, show_anyway: bool = False) -> Score:
        """Score one patient.

        Parameters
        ----------
        profile : Mapping
            Baseline trait to value.
        show_anyway : bool
            Give the numbers also where the decision is to abstain.

        Raises
        ------
        DataRefusedError
            If the profile cannot be understood.
        """
        return score_profile(self.bundle, profile, show_anyway=show_anyway)

    def score_frame(self, frame: pd.DataFrame, *, show_anyway: bool = False, language: str = "en") -> pd.DataFrame:
        """Score one patient a row, without attributions; a row that cannot be understood is marked ``refused``.

        Raises
        ------
        DataRefusedError
            If a column is not known, or no trait of the model is there.
        """
        import pandas as pd

        table = table_of_frame(frame)
        columns = {header: table.column(header) for header in table.headers}
        scores = score_table(self.bundle, columns, show_anyway=show_anyway, language=language)
        return pd.DataFrame(dict(scores.columns), index=frame.index)

    def save(self, folder: str | Path) -> Path:
        """Write the bundle, which ``responder score`` and ``serve`` read, and return its folder."""
        place = Path(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_bundle(self.bundle, place)
        return place

    def __repr__(self) -> str:
        return f"Scorer({self.bundle.name!r}, {self.bundle.model.id!r})"
