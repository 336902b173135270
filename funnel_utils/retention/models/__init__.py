"""Models of how long customers stay, how often they buy and how much they spend, fitted by maximum likelihood.

`BgNbd`, `MbgNbd` and `ParetoNbd` are for businesses without a contract, where a customer may buy at any time and leaves
without a word; `BgBb` for occasions that come round (an appeal a year), `Sbg` for contracts that are renewed or not;
`GammaGamma` for what a purchase is worth. All are imported from `funnel_utils.retention`.
"""
