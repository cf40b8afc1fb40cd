"""The third step: traits, models and the one that is judged, before any result; what it costs and can show at best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.errors import ResponderError, UsageError
from responder.experiment.config import Experiment, PermutationSection
from responder.experiment.draft import Chosen
from responder.models.registry import DEFAULT_MODELS
from responder.models.title import model_title
from responder.web.guard import RefusedRequestError
from responder.words import Phrase, Spoken
from responder.workbench.bench import Bench, see_other
from responder.workbench.forms import Form
from responder.workbench.kept import Kept
from responder.workbench.powering import kept_power
from responder.workbench.preregistration import preregistration_text
from responder.workbench.stamp import changes_of, first_stamp, note_changes, put_stamp, stamp_of
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.experiment import Plan

__all__ = ["routes"]

BASELINE = "prevalence"
SEED, ALPHA = Experiment.model_fields["seed"].default, PermutationSection().alpha
"""What an experiment has by itself: it is not written down."""


_PLANS: Kept[Plan] = Kept()


@dataclass(frozen=True)
class Offered:
    """What can be chosen: a trait or a model, its words, and whether it is chosen."""

    name: str
    words: str | Spoken
    is_chosen: bool


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def commit(request: Request) -> Response:
        return await _page(bench, request, bench.work_of(request), None)

    async def choose(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        changed = await bench.desk.run(_saved, work, form)
        return see_other(f"/w/{changed.name}/commit#plan")

    async def train(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        try:
            await bench.desk.run(_planned, work)  # what is refused is told here, and never waits in a queue
        except ResponderError as error:
            return await _page(bench, request, work, error)
        put_stamp(work)
        note_changes(work)
        bench.jobs.submit(work.name, work.experiment_file, bench.language_of(request))
        return see_other(f"/w/{work.name}/train")

    async def preregister(request: Request, form: Form) -> Response:
        """Stamp the plan, and hand it out as a text before anything is trained."""
        work = bench.work_of(request)
        try:
            await bench.desk.run(_planned, work)
        except ResponderError as error:
            return await _page(bench, request, work, error)
        put_stamp(work)
        return see_other(f"/w/{work.name}/preregistration")

    async def preregistration(request: Request) -> Response:
        work = bench.work_of(request)
        stamp, language = first_stamp(work), bench.language_of(request)
        if stamp is None:
            raise RefusedRequestError(404, "rest_not_found", code=404)
        text = await bench.desk.run(preregistration_text, stamp, changes_of(work), language)
        headers = {"content-disposition": f'attachment; filename="{work.name}.preregistration.{language}.md"'}
        return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)

    return [
        bench.get("/w/{name}/commit", commit),
        bench.post("/w/{name}/preregister", preregister),
        bench.get("/w/{name}/preregistration", preregistration),
        bench.post("/w/{name}/commit", choose),
        bench.post("/w/{name}/start", train),
    ]


async def _page(bench: Bench, request: Request, work: Work, failure: ResponderError | None) -> Response:
    plan = None
    if failure is None:
        try:
            plan = await bench.desk.run(_planned, work)
        except ResponderError as error:
            failure = error
    chosen = work.choices.chosen
    models = chosen.models or DEFAULT_MODELS
    return bench.page(
        request,
        "commit.html.j2",
        work,
        status=200 if failure is None else 422,
        plan=plan,
        failure=failure,
        traits=_traits(work),
        models=[Offered(name, model_title(name), name in models) for name in DEFAULT_MODELS if name != BASELINE],
        primary=chosen.primary,
        seed=SEED if chosen.seed is None else chosen.seed,
        alpha=ALPHA if chosen.alpha is None else chosen.alpha,
        power=None if plan is None else kept_power(work),
        smallest_p=None if plan is None else _smallest_p(plan),
        stamp=first_stamp(work),
        changes=changes_of(work),
    )


def _planned(work: Work) -> Plan:
    from responder.experiment import plan_experiment, resolve_experiment

    if not work.experiment_file.is_file():
        work.save()  # or the table says why it cannot be read
    return _PLANS.get(stamp_of(work).digest, lambda: plan_experiment(resolve_experiment(work.experiment_file)))


def _smallest_p(plan: Plan) -> float | None:
    """Return the smallest p that any outcome could have: one of all labelings that are scored."""
    test = plan.permutations.get(plan.experiment.experiment.primary_model)
    return None if test is None else 1.0 / test.labelings


def _traits(work: Work) -> list[Offered]:
    """Return the traits known before treatment that the table has."""
    study, checked = work.loaded_study, work.scan_of(())
    if study is None or checked is None:
        return []
    chosen, found = work.choices.chosen.traits, checked.cohort
    names = () if found is None else found.traits
    return [Offered(name, study.trait(name).label.given, not chosen or name in chosen) for name in names]


def _saved(work: Work, form: Form) -> Work:
    """Write what was chosen; what is as it would be by default is left out of the files."""
    offered = [trait.name for trait in _traits(work)]
    traits = tuple(name for name in form.every("trait") if name in offered)
    if offered and not traits:
        raise UsageError("workbench_no_trait", where=Phrase("workbench.commit.traits"))
    models = (BASELINE, *(name for name in form.every("model") if name in DEFAULT_MODELS and name != BASELINE))
    seed, alpha = _number(form.one("seed"), int), _number(form.one("alpha"), float)
    chosen = Chosen(
        () if set(traits) == set(offered) else traits,
        () if models == DEFAULT_MODELS else models,
        form.one("primary") or Chosen().primary,
        None if seed == SEED else int(seed),
        None if alpha == ALPHA else alpha,
    )
    return work.with_chosen(chosen).save()


def _number(text: str, kind: Callable[[str], float]) -> float:
    try:
        number = kind(text.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number < (2**32 if kind is int else 0.5):
        raise UsageError("workbench_wrong_number", where=Phrase("workbench.commit.head"), text=text)
    return number
