"""Whatever two admins do to a scheme, nothing is lost and each moment counts where it was coded."""

import uuid
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from taxonomy.actions.agreeing import Group, take_over_groups, take_over_piles
from taxonomy.actions.batching import (
    merge_categories,
    move_category,
    place_categories,
    place_category,
    restore_category,
    retire_category,
)
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.exchanging import export_scheme, import_book
from taxonomy.actions.revisions import undo
from taxonomy.actions.rounds import add_round, drop_round, freeze_round, rename_round, reopen_round
from taxonomy.actions.sorting import (
    finish_sorting,
    put_on_pile,
    start_sort,
    start_sort_of_moments,
)
from taxonomy.actions.splitting import resort, split_category, take_back_resort
from taxonomy.choices import Purpose
from taxonomy.exchange.json_books import read_json
from taxonomy.exchange.qdc import read_qdc
from taxonomy.models import Category, Pile, Round, Sort
from taxonomy.queries.checks import differences
from taxonomy.queries.revisions import changes_of, rows_of, tree_at_revision
from taxonomy.queries.splitting import next_to_sort
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import neighbours_of, tree_of
from taxonomy.tabulation.specification import Specification
from taxonomy.tabulation.tree import Node
from tests.factories import MemberFactory, StudyFactory
from tests.taxonomy.actions.resorted import TREE, coded

pytestmark = [pytest.mark.thorough, pytest.mark.django_db]

PICK = st.integers(min_value=0, max_value=10**6)
BACK = st.booleans()


class Workshop(RuleBasedStateMachine):
    """Two admins do, take back and do again what comes to their minds."""

    @initialize()
    def start(self):
        self.admin = MemberFactory(study=StudyFactory(), roles=[RoleName.ADMIN])
        self.scheme = start_scheme(
            study=self.admin.study, slug="s", name="S", by=self.admin, **TREE
        )
        for name in ("Looks up", "Asks back", "Repairs", "Hums", "Solving"):
            coded(self.scheme, self.admin, name)
        self.codings = list(self.scheme.codings.values())
        self.added = 0
        self.before = {}  # by revision, where moments were settled before it

    def category(self, number, **wanted):
        rows = list(Category.objects.filter(scheme=self.scheme, **wanted).order_by("pk"))
        return rows[number % len(rows)]

    def round(self, number):
        rows = list(Round.objects.filter(scheme=self.scheme, exists=True))
        return rows[number % len(rows)]

    def settled(self):
        """The category that is settled of each moment."""
        rows = self.scheme.settlements.filter(to_seq=None)
        return dict(rows.values_list("moment", "category"))

    def counted(self):
        """The category that each moment counts in, after all merges."""
        tree = tree_of(self.scheme)
        return {moment: tree.canonical(key).key for moment, key in self.settled().items()}

    def attempt(self, act, *, back=False, **options):
        """Do it, or be refused and change nothing; what was done may be taken back exactly."""
        before, settled, counted = rows_of(self.scheme), self.settled(), self.counted()
        try:
            act(by=self.admin, **options)
        except RefusedError:
            assert rows_of(self.scheme) == before
            return
        assert self.settled() == settled
        self.before[self.last().pk] = settled
        done, counting = rows_of(self.scheme), self.counted()
        for tree, counts in ((before, counted), (done, counting)) if back else ():
            undo(revision=self.last(), by=self.admin, rationale="to see")
            self.before[self.last().pk] = settled
            assert self.live(rows_of(self.scheme)) == self.live(tree)
            assert self.counted() == counts

    def last(self):
        return self.scheme.revisions.latest("number")

    @staticmethod
    def live(tree):
        return {uid: row for uid, row in tree.items() if row["exists"]}

    @rule(one=PICK, other=PICK, third=PICK, anew=st.booleans(), back=BACK)
    def merge(self, one, other, third, anew, back):
        kept = self.category(other)
        rows = [self.category(number, round=kept.round) for number in (one, third)]
        self.added += anew
        self.attempt(
            merge_categories,
            categories=rows[:1] if rows[0] == rows[1] or one % 2 else rows,
            into=kept,
            name=f"merged {self.added}" if anew else "",
            back=back,
        )

    @rule(one=PICK, other=PICK, back=BACK)
    def place(self, one, other, back):
        parent = self.category(other, exists=True) if other % 5 else None
        row = self.category(one, exists=True)
        self.attempt(place_category, category=row, parent=parent, back=back)

    @rule(one=PICK, other=PICK, named_anew=st.booleans(), back=BACK)
    def place_several(self, one, other, named_anew, back):
        rows = [self.category(number, exists=True) for number in (one, other, one + other)]
        rows = list(dict.fromkeys(rows))
        self.added += named_anew
        above = {"name": f"over {self.added}"} if named_anew else {"parent": None}
        self.attempt(place_categories, categories=rows, back=back, **above)

    @rule(one=PICK, back=BACK)
    def split(self, one, back):
        self.added += 1
        names = [f"part {self.added}", f"rest {self.added}"]
        self.attempt(split_category, category=self.category(one), names=names, back=back)

    @rule(one=PICK, other=PICK)
    def sort_again(self, one, other):
        was_split = Category.objects.filter(scheme=self.scheme, exists=True, split_off__exists=True)
        waiting = [row for row in was_split.distinct() if next_to_sort(self.admin, row)]
        if not waiting:
            return
        before, category = rows_of(self.scheme), waiting[one % len(waiting)]
        with suppress(RefusedError):
            resort(
                moment=next_to_sort(self.admin, category),
                category=category,
                into=self.category(other, exists=True, retired=False, merged_into=None),
                by=self.admin,
                uid=uuid.uuid4(),
            )
        assert rows_of(self.scheme) == before

    @rule(one=PICK)
    def take_back_a_sorting(self, one):
        made = list(self.scheme.codings.live().filter(purpose=Purpose.RESORT).order_by("pk"))
        if made:
            coding = made[one % len(made)]
            take_back_resort(coding=coding, by=self.admin)
            for settled in self.before.values():  # it was put elsewhere, and not by the tree
                settled.pop(coding.moment_id, None)

    @rule(one=PICK, retire=st.booleans(), back=BACK)
    def retire(self, one, retire, back):
        act = retire_category if retire else restore_category
        self.attempt(act, category=self.category(one), back=back)

    @rule(one=PICK, other=PICK, back=BACK)
    def move(self, one, other, back):
        category = self.category(one, exists=True, merged_into=None)
        near = neighbours_of(category)
        at = [*near, None][other % (len(near) + 1)]
        self.attempt(move_category, category=category, before=at, back=back)

    @rule(one=PICK, other=PICK, taken=st.booleans(), back=BACK)
    def rename(self, one, other, taken, back):
        name = self.category(other).name if taken else f"named {other}"
        row = self.category(one, exists=True)
        self.attempt(describe_category, category=row, name=name, definition=f"As {one}.", back=back)

    @rule(one=PICK, back=BACK)
    def add(self, one, back):
        self.added += 1
        self.attempt(add_category, round=self.round(one), name=f"new {self.added}", back=back)

    @rule(one=PICK, back=BACK)
    def freeze(self, one, back):
        level = self.round(one)
        if level.frozen:
            self.attempt(reopen_round, round=level, rationale="to go on", back=back)
        else:
            self.attempt(freeze_round, round=level, back=back)

    @rule(one=PICK, finest=st.booleans(), back=BACK)
    def drop_or_add_a_round(self, one, finest, back):
        self.added += 1
        name = f"Round {self.added}"
        if one % 3:
            self.attempt(drop_round, round=self.round(one), back=back)
        else:
            self.attempt(add_round, scheme=self.scheme, name=name, finest=finest, back=back)

    @rule(one=PICK, back=BACK)
    def rename_a_round(self, one, back):
        self.attempt(rename_round, round=self.round(one), name=f"Level {one}", back=back)

    @rule(one=PICK, form=st.sampled_from(["json", "qdc"]), merged=st.booleans(), back=BACK)
    def bring_a_file(self, one, form, merged, back):
        """Import what the scheme was at some revision."""
        number = 1 + one % self.scheme.revision
        options = {"scheme": self.scheme, "form": form, "merged": merged, "revision": number}
        with suppress(RefusedError):
            book = (read_json if form == "json" else read_qdc)(export_scheme(**options, by=None))
            self.attempt(import_book, scheme=self.scheme, book=book, back=back)

    @rule(one=PICK, back=BACK)
    def take_over_a_sort(self, one, back):
        with suppress(RefusedError):
            asked = {"members": [self.admin], "name": "Sort", "by": self.admin}
            sort = self.sorted_by_one(start_sort(round=self.round(one), **asked), one)
            items = list(sort.items.all())
            groups = [Group("even", items[::2]), Group(f"odd {one}", items[1::2])]
            options = {"groups": groups, "round_name": f"Sorted {one}"}
            self.attempt(take_over_groups, sort=sort, back=back, **options)

    @rule(one=PICK, back=BACK)
    def take_over_some_piles(self, one, back):
        with suppress(RefusedError):
            asked = {"members": [self.admin], "name": "Piles", "by": self.admin}
            drawn = start_sort_of_moments(scheme=self.scheme, number=4, seed=one, **asked)
            sort = self.sorted_by_one(drawn, one)
            piles = [(pile, pile.name) for pile in Pile.objects.filter(sorter__sort=sort)]
            self.attempt(take_over_piles, sort=sort, chosen=piles, back=back)

    def sorted_by_one(self, sort, one):
        """The sort with its things on up to three piles, finished."""
        sorter = sort.sorters.select_related("sort__scheme__study").get()
        for at, item in enumerate(sort.items.all()):
            put_on_pile(sorter=sorter, item=item, to=f"pile {at * one % 3}", by=self.admin)
        finish_sorting(sorter=sorter, by=self.admin)
        return Sort.objects.select_related("scheme__study").get(pk=sort.pk)

    @rule(one=PICK, late=st.booleans())
    def take_back(self, one, late):
        """Take one back, among the last few or any; a merged category has its moments again."""
        rows = list(self.scheme.revisions.filter(number__gt=1, undone_by=None).order_by("-pk"))
        rows = rows[:4] if late else rows
        if not rows:
            return
        revision = rows[one % len(rows)]
        number = self.last().pk
        self.attempt(lambda by: undo(revision=revision, by=by, rationale="to see"))
        if self.last().pk != number:
            self.has_its_moments_again(revision)

    def has_its_moments_again(self, revision):
        changes = [change for change in changes_of(revision) if change.after.get("merged_into")]
        uids = [change.uid for change in changes if not change.before.get("merged_into")]
        parted = set(
            Category.objects.filter(uid__in=uids, exists=True).values_list("pk", flat=True)
        )
        tree, counted = tree_of(self.scheme), self.counted()
        for moment, key in self.before[revision.pk].items():
            node = tree.canonical(key) if key in tree.nodes else None
            if node is not None and node.key in parted:
                assert counted[moment] == node.key

    def teardown(self):
        if hasattr(self, "scheme"):
            assert list(differences(self.scheme.study)) == []

    @invariant()
    def the_tree_is_the_sum_of_its_revisions(self):
        self.scheme.refresh_from_db()
        assert tree_at_revision(self.scheme, self.scheme.revision) == rows_of(self.scheme)

    @invariant()
    def every_coded_moment_counts_once_at_every_round(self):
        assert list(self.scheme.codings.exclude(purpose=Purpose.RESORT).values()) == self.codings
        tree = tree_of(self.scheme)
        for position in tree.rounds:
            standing = tree.rows(position)
            for coding in self.codings:
                place = tree.at_round(coding["category_id"], position)
                assert not isinstance(place, Node) or place in standing
            table = answer(self.scheme, Specification(position), from_facts=True).table
            everything = table.base.total + sum(line.total for line in table.residuals)
            assert everything == len(self.codings)


def test_whatever_is_done_to_a_scheme_nothing_is_lost():
    run_machine(
        Workshop,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
