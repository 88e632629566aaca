"""The course's explorers: `from tinymaf_course.explorers import made_masks; made_masks()`. One module, one explorer."""

import importlib
import pkgutil
import sys
from types import ModuleType


class _Explorers(ModuleType):
    """A package in which a module's name stands for the one function of that name; modules load when first named."""

    def __getattr__(self, name):
        if name.startswith("_") or name not in dir(self):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        importlib.import_module(f"{self.__name__}.{name}")          # sets the attribute, see below
        return self.__dict__[name]

    def __setattr__(self, name, value):                             # Python itself comes by with each loaded module
        super().__setattr__(name, getattr(value, name, value) if isinstance(value, ModuleType) else value)

    def __dir__(self):
        return sorted({*super().__dir__(), *(module.name for module in pkgutil.iter_modules(self.__path__))})


sys.modules[__name__].__class__ = _Explorers
