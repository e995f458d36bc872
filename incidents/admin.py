"""Django's admin, for accounts only; nothing of a study is shown or changed here."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.actions import accounts
from incidents.models import User

admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = _("Accounts of Candid")
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one way in


class AccountCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A new account: its address, in lower case, and a password."""

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        """Keep the address in lower case, as the account will."""
        return str(self.cleaned_data["email"]).lower()


class AccountChangeForm(UserChangeForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """An account as it stands."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        """Keep the address in lower case, as the account will."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Accounts: made, switched off, allowed to create studies; never deleted."""

    form = AccountChangeForm
    add_form = AccountCreationForm
    ordering = ("email",)
    list_display = ("email", "name", "may_create_studies", "is_staff", "is_active")
    list_filter = ("is_active", "is_staff", "may_create_studies")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at")
    actions = ("take_second_factors_away",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (
            _("What the account may do"),
            {"fields": ("is_active", "may_create_studies", "is_staff", "is_superuser")},
        ),
        (_("When"), {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    @admin.action(description=_("Take the second factor away (lost devices), and sign out"))
    def take_second_factors_away(self, request: Any, chosen: QuerySet[User]) -> None:
        """Let people whose devices are lost sign in with their password alone."""
        for account in chosen:
            accounts.take_second_factors_away(user=account, by=request.user)
        messages.success(request, _("The second factor is gone. They can set up a new one."))

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002
        """What people did stays tied to their account."""
        return False
