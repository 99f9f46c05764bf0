-- What was there before the tallies were kept. After 0015, whose triggers need a lock that nobody should wait for while this counts.
SELECT count_anew();
