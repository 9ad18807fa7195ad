"""`/recordings/GROUP/`: what was recorded, for those who may record.

`door` says who that is, `sessions` keeps them known while a page plays, `files` sends what they ask for,
`page` is the handler. The list and deleting are in the administration interface (`web.api.recordings`).
"""
