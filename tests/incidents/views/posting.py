"""A complete form as the browser posts it, and where it goes."""

from django.urls import reverse


def address(name, interview, *uids):
    return reverse(f"incidents:{name}", args=[interview.study.slug, *uids])


def filled(interview, **changes):
    """Return a complete form as the browser posts it."""
    return {
        "tab": "tab",
        "member": str(interview.interviewer.uid),
        "position": "1",
        "based_on": "",
        "continues": "",
        "headline": "The late letter",
        "jot": "It came after three weeks.",
        "told_as": "customer",
        "valence": "negative",
        "language": "en",
        **changes,
    }


def post(client, name, interview, uid, **changes):
    return client.post(address(name, interview, interview.uid, uid), filled(interview, **changes))
