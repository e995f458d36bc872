"""How static files are kept for production: compressed, and for ever under a name with a hash."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

_EVERY_SCRIPT, IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns  # noqa: SLF001


class LastingStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Gives the modules that our modules import lasting names as well, and no package's."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", IMPORTS))
