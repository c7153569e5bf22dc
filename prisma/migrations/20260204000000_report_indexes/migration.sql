-- The report of a notice reads that notice's recipients, which lie together, and not those of all years. BRIN: it costs a fan-out
-- nothing, and a recipient that changes stays within its page.
create index recipient_notice on recipient using brin (notice_id) with (autosummarize = on, pages_per_range = 32);

-- Few rows in all years: who may have got something twice.
create index delivery_doubtful on delivery (recipient_id) where possible_duplicate;
