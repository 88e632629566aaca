"""The exercises of notebook 09, RealNVP, NICE and Glow's pieces."""
