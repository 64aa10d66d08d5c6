-- Whoever is told of nights that were missed is told of overdue ones, too.
UPDATE "notification_settings" SET "events" = array_append("events", 'NIGHT_OVERDUE')
 WHERE 'NIGHT_MISSED' = ANY ("events") AND NOT 'NIGHT_OVERDUE' = ANY ("events");
