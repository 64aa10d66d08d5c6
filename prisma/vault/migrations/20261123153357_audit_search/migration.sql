-- What a search of the log looks in, without case and accents, made once for each event and not at each search.
ALTER TABLE "audit_event" ADD COLUMN "search" TEXT GENERATED ALWAYS AS (
  translate(lower(("actor_name" || E'\n' || "action" || E'\n' || "target_name") COLLATE "C"),
    'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ',
    'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')) STORED;
