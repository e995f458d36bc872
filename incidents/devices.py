"""Which browser on which system a session belongs to, as far as it says so itself."""

BROWSERS = {  # the first that is named counts: most of them name others as well
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_of(user_agent: str) -> str:
    """Name browser and system of a User-Agent header; empty where it names neither."""
    return " · ".join(
        name for name in (_of(user_agent, BROWSERS), _of(user_agent, SYSTEMS)) if name
    )


def _of(user_agent: str, names: dict[str, str]) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")
