"""Pictures as SVG text, made on the server. No script, no colours of their own: static/plots.css paints them."""
