"""Tables brought in and taken away: CSV, Excel, Parquet in bounded memory; exports (个人信息保护法 art. 51, 54)."""
