"""From wishes to suggestions: one to order what is missing, one for the record, one for each question to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds.suggestions.catalogue import ANSWERS, FLOW_MRD, MARROW, ORDERS, Order
from cds.suggestions.held import is_ordered, is_tasked, task_uri
from cds.suggestions.orders import order_draft
from cds.suggestions.proposal import Draft, Proposal
from cds.suggestions.scene import Scene
from cds.suggestions.tasks import errand_of, questionnaire, task_draft
from cds.suggestions.timing import BLASTS, MRD, last_day, order_by, too_far_apart
from cds.suggestions.wishes import Action, Wish
from rules.messages import say, say_many
from rules.verdict import Considered

ORDER_OF_KEY = {order.key: order for order in ORDERS}
RECORD = frozenset(Action) - {Action.ORDER, Action.ATTEST, Action.CONSENT}


def proposals_for(scene: Scene, wishes: tuple[Wish, ...]) -> Iterator[Proposal]:
    """What fulfils these wishes, without what the chart already asks for."""
    wishes = _with_the_other_of_the_sample(scene, wishes)
    yield from _of_record(scene, wishes)
    yield from _of_people(scene, wishes)


def _of_record(scene: Scene, wishes: tuple[Wish, ...]) -> Iterator[Proposal]:
    """One suggestion to order what is missing, one for everything that is done to the record."""
    ordered = [
        (ORDER_OF_KEY[wish.about], draft)
        for wish in wishes
        if wish.action is Action.ORDER
        for draft in _ordered(scene, wish, ORDER_OF_KEY[wish.about])
    ]
    if ordered:
        name = say(ordered[0][0].name)
        label = say("Order: {what}", what=name) if len(ordered) == 1 else _many_orders(len(ordered))
        yield Proposal("orders", label, tuple(draft for _, draft in ordered))
    tasks = [draft for wish in wishes if wish.action in RECORD for draft in _tasked(scene, wish)]
    if tasks:
        label = tasks[0].description
        if len(tasks) > 1:
            label = say_many("Complete the record: {count} step", "Complete the record: {count} steps", len(tasks))
        yield Proposal("record", label, tuple(tasks))


def _many_orders(count: int) -> str:
    return say_many("Order the {count} missing result", "Order the {count} missing results", count)


def _of_people(scene: Scene, wishes: Iterable[Wish]) -> Iterator[Proposal]:
    """The clinician's answers, and the consent of a study that takes patients."""
    for wish in wishes:
        asks = wish.action is Action.CONSENT and scene.assessed.recruitment.may_refer
        if asks or wish.action is Action.ATTEST:
            for draft in _tasked(scene, wish):
                yield Proposal(wish.action.value, draft.description, (draft,))


def _ordered(scene: Scene, wish: Wish, order: Order) -> Iterator[Draft]:
    if is_ordered(scene.chart, order, wish):
        return
    start = scene.today.isoformat()
    until = order_by(scene, wish.window, order.key)
    yield order_draft(
        scene, order, days=(start, until.isoformat() if until else start), why=_why(scene, wish), evidence=wish.evidence
    )


def _why(scene: Scene, wish: Wish) -> tuple[str, ...]:
    ids = ", ".join(wish.criteria)
    return tuple(f"{scene.trial_id} {ids}: {why}" for why in wish.why)


def _tasked(scene: Scene, wish: Wish) -> Iterator[Draft]:
    focus = questionnaire(scene) if wish.action is Action.ATTEST else None
    if not is_tasked(scene.chart, task_uri(errand_of(scene, wish).name), focus):
        yield task_draft(scene, wish, _why(scene, wish), last_day(scene))


def _with_the_other_of_the_sample(scene: Scene, wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """One puncture, both tests: a new marrow beside an old MRD, or the reverse, would still be too far apart."""
    asked = {wish.about for wish in wishes if wish.action is Action.ORDER}
    more = []
    for one, other, fact in ((MARROW, FLOW_MRD, MRD), (FLOW_MRD, MARROW, BLASTS)):
        if one.key in asked and other.key not in asked:
            old = too_far_apart(scene, fact)
            more += [_repeat(scene, other, old)] if old else []
    return (*wishes, *more)


def _repeat(scene: Scene, order: Order, old: Considered) -> Wish:
    why = say("from the same sample: {what} must be of nearly the same day", what=say(ANSWERS[old.ask.fact].what))
    criteria = tuple(f.criterion.id for f in scene.verdict.findings if old in f.facts)
    return Wish(Action.ORDER, order.key, "", (why,), old.fact.evidence, criteria, old.ask.window, measured=True)
