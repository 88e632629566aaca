// While Python computes, what waits for it says so. JupyterLab's and Notebook's widget manager knows its kernel; where
// there is none (a saved page), nothing is ever said.

const PATIENCE = 150;       // milliseconds: what is quicker needs no word

// Calls `tell(true)` when the kernel has been busy for a moment, `tell(false)` when it is idle. Returns how to stop.
function watchKernel(model, tell) {
  const kernel = model.widget_manager?.kernel, signal = kernel?.statusChanged;
  if (!signal) return () => {};
  let due = 0, told = false;
  const look = () => {
    const busy = kernel.status === "busy";
    if (busy && !due) due = setTimeout(() => tell((told = true)), PATIENCE);
    if (busy || !due) return;
    clearTimeout(due);
    due = 0;
    if (told) tell((told = false));
  };
  signal.connect(look);
  look();
  return () => {
    clearTimeout(due);
    signal.disconnect(look);
  };
}
