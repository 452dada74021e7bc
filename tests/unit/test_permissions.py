"""The one table of permissions: nobody's actor ever reaches more than it says."""

from hypothesis import given
from hypothesis import strategies as st

from omd.features.identity import MAY_GIVE, REACH, ROLES, Action, Principal
from omd.features.identity.permissions import HOTEL_ROLES, HOTEL_SCOPES, OMD_ROLES, OMD_SCOPES, Role
from omd.features.identity.principal import Grant
from omd.kernel.actor import Actor
from omd.kernel.errors import NotAllowed
from omd.kernel.ids import BusinessId, OmdId

OMD = OmdId(1)
MEMBERS = tuple(BusinessId(each) for each in (1, 2, 3, 4))
CONSENTED_ACTIONS = {Action.RESERVATIONS_READ, Action.CHANGES_READ}


def _grants() -> st.SearchStrategy[Grant]:
    hotels = st.sampled_from(MEMBERS)
    role_of_hotel = st.builds(lambda place, role: Grant(place, ROLES[role], role), hotels, st.sampled_from(HOTEL_ROLES))
    role_of_omd = st.builds(lambda role: Grant(None, ROLES[role], role), st.sampled_from(OMD_ROLES))
    key_of_hotel = st.builds(Grant, hotels, st.frozensets(st.sampled_from(sorted(HOTEL_SCOPES))))
    key_of_omd = st.builds(Grant, st.none(), st.frozensets(st.sampled_from(sorted(OMD_SCOPES))))
    return st.one_of(role_of_hotel, role_of_omd, key_of_hotel, key_of_omd)


@st.composite
def principals(draw: st.DrawFn) -> Principal:
    """Anybody who may come in, people with several memberships among them."""
    grants = tuple(draw(st.lists(_grants(), max_size=4)))
    of_omd = any(grant.business_id is None for grant in grants)
    consented = tuple(sorted(draw(st.frozensets(st.sampled_from(MEMBERS))))) if of_omd else ()
    is_operator = draw(st.booleans())
    return Principal("anybody", OMD, grants, MEMBERS if of_omd else (), consented, 7, is_operator)


def granted(principal: Principal, action: Action) -> set[BusinessId]:
    """Return the hotels in which the table lets this principal do the action."""
    return {
        grant.business_id for grant in principal.grants if grant.business_id is not None and action in grant.actions
    }


def in_destination(principal: Principal, action: Action) -> bool:
    return any(grant.business_id is None and action in grant.actions for grant in principal.grants)


def may_read_with_consent(principal: Principal, action: Action) -> bool:
    return action in CONSENTED_ACTIONS and any(
        grant.business_id is None and (grant.role is not None or action in grant.actions) for grant in principal.grants
    )


def check(principal: Principal, action: Action, actor: Actor) -> None:
    there = granted(principal, action)
    of_omd = in_destination(principal, action)
    consented = set(principal.consented) if may_read_with_consent(principal, action) else set()
    reach = REACH[action]
    assert actor.omd_id == OMD
    assert set(actor.staff_business_ids) <= (there if reach == "serves" else set())
    # A hotel's audit tells of guests too, to those of its people who read both.
    reads = reach == "reads" or action is Action.AUDIT_READ
    assert set(actor.reading_business_ids) <= (there | consented if reads else set())
    administered = there if reach == "administers" else set()
    if action is Action.OWNERS_INVITE and of_omd:
        administered = set(MEMBERS)
    assert set(actor.admin_business_ids) <= administered
    assert actor.administers_omd <= (reach == "administers" and of_omd)
    assert actor.operates_platform <= (principal.is_operator and action in ROLES["operator"])
    if not any(grant.business_id is None for grant in principal.grants):
        assert set(actor.business_ids) <= {grant.business_id for grant in principal.grants}


@given(principals(), st.sampled_from(Action))
def test_an_actor_never_reaches_more_than_the_table_says(principal: Principal, action: Action) -> None:
    try:
        actor = principal.actor_for(action)
    except NotAllowed:
        operates = principal.is_operator and action in ROLES["operator"]
        assert not granted(principal, action)
        assert not operates
        assert not (may_read_with_consent(principal, action) and principal.consented)
        assert not in_destination(principal, action) or action in CONSENTED_ACTIONS
        return
    check(principal, action, actor)


@given(principals(), st.sampled_from(sorted(OMD_SCOPES | HOTEL_SCOPES)))
def test_a_consent_never_lets_anybody_write(principal: Principal, action: Action) -> None:
    with_all = Principal("x", OMD, principal.grants, principal.members, principal.members, 7, principal.is_operator)
    without = Principal("x", OMD, principal.grants, principal.members, (), 7, principal.is_operator)
    for each in (with_all, without):
        try:
            actor = each.actor_for(action)
        except NotAllowed:
            continue
        assert set(actor.staff_business_ids) <= granted(each, action)
        assert actor.admin_business_ids == ()


def test_no_role_gives_one_that_does_more() -> None:
    """Whoever gives a role may do all that it may; an operator founds a destination and works in none."""
    for giver, given_roles in MAY_GIVE.items():
        if giver == "operator":
            continue
        for role in given_roles:
            assert ROLES[role] <= ROLES[giver], (giver, role)


def test_whoever_changes_staff_gives_some_role_and_nobody_else_does() -> None:
    staff: set[Role] = {role for role, actions in ROLES.items() if Action.STAFF_WRITE in actions}
    assert staff | {"operator"} == set(MAY_GIVE)


def test_programs_administer_nothing() -> None:
    for scopes in (HOTEL_SCOPES, OMD_SCOPES):
        assert {REACH[scope] for scope in scopes} <= {"inventory", "reads", "serves"}
