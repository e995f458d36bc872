"""The form that is an address, where reports look for it."""

from incidents.forms.addressed import AddressedForm, Choices

__all__ = ["AddressedForm", "Choices"]
