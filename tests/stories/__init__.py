"""Stories: what people do with the hub, told whole over HTTP against a real `hub serve`."""
