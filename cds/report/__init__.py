"""Statistics of a trial for its study office, from rows of one patient each. Nothing here reads charts or the clock.

`reading` (file → rows), `analysis` (rows → numbers), `sheets` (numbers → tables), then `markdown`, `screen`,
`plots` and `machine` write them. One module per third-party door: `survival` lifelines, `proportions` statsmodels and
scipy, `plots` matplotlib. The extra `report` installs them; none of it is imported when the service starts.
"""
