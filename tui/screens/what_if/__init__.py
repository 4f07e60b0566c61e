"""The what-if screen: sliders for traffic and prices, scenarios kept and compared, what matters most."""
