"""The length a password must have, said in the languages of the console."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """Django's check of the length; its sentence is Haodun's, since Django's has no Chinese."""

    def get_error_message(self) -> str:
        """What is wrong, for the field."""
        return _("密码太短：至少 %(least)d 个字符。") % {"least": self.min_length}

    def get_help_text(self) -> str:
        """What is asked for."""
        return _("密码至少 %(least)d 个字符。") % {"least": self.min_length}
