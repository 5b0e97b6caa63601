"""From a question and a catalogue of variables to candidate graphs, their models, and a frozen protocol."""
