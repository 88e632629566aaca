"""What the course changes about Jupyter's server: how notebooks are saved, and how soon
messages leave.

A widget dies with its kernel. A notebook that was saved with the id of one says "model not found"
the next day, where one without it shows the contact sheet.

A slider's move is answered by several small messages. TCP holds the second back until the first one
is acknowledged, which takes up to 40 ms: twice as long as everything else together, unless the
connection is told not to.
"""

import functools

VIEW = "application/vnd.jupyter.widget-view+json"


def without_dead_widgets(model, **_):
    """Drop the live half of each output that has a picture or words as well.

    >>> output = {"data": {VIEW: {"model_id": "1"}, "image/png": "...", "text/plain": "a line"}}
    >>> notebook = {"cells": [{"outputs": [output]}, {}]}
    >>> without_dead_widgets({"type": "notebook", "content": notebook})
    >>> list(output["data"])
    ['image/png', 'text/plain']
    """
    if model["type"] == "notebook":
        for cell in model["content"]["cells"]:
            for output in cell.get("outputs", []):
                if len(output.get("data", {})) > 1:
                    output["data"].pop(VIEW, None)


def at_once(opened):
    """`opened`, the method of a websocket, for one that does not wait for acknowledgements.

    >>> class Socket:
    ...     set_nodelay = print
    ...     open = at_once(lambda self, kernel: f"to {kernel}")
    >>> Socket().open("a kernel")
    True
    'to a kernel'
    """

    @functools.wraps(opened)
    def opened_at_once(self, *arguments, **named):
        self.set_nodelay(True)
        return opened(self, *arguments, **named)

    return opened_at_once


if "get_config" in globals():  # given by Jupyter; not when the doctest is run
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    class Contents(AsyncLargeFileManager):
        """Jupyter's own, with the hook. (As a setting, `pre_save_hook`, it is set anew whenever
        another extension brings settings of its own, each time with a warning on the terminal.)"""

        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            self.register_pre_save_hook(without_dead_widgets)

    c = get_config()  # noqa: F821
    c.ServerApp.contents_manager_class = Contents
    # It serves extensions of the classic Notebook, has none here, and starts with a warning.
    c.ServerApp.jpserver_extensions.update({"notebook_shim": False})
    KernelWebsocketHandler.open = at_once(KernelWebsocketHandler.open)
