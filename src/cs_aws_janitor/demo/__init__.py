"""`janitor demo`: the real janitor on a sample account inside this process, weeks in seconds.

`shelter` keeps the user's surroundings out, `account` is AWS (moto) with the settings of the
sample, `people` is what its people do and `life` when, `story` goes through the days, `telling`
puts them into words, `serving` lets the account answer to other processes.
"""
