"""How fast tinymaf is beside zuko, nflows, normflows and FlowJAX: `python -m benchmarks`."""
