-- A city's doctors side by side, with all that lists compare and sort by: a large city is read in few pages, whatever else is looked for in it.
CREATE INDEX IF NOT EXISTS doctors_of_city ON doctors (city_key)
  INCLUDE (account_id, score, experience_years, name_key, created_at, specialty, languages, country_key, accepting_requests, rating_average) WHERE listed;
--> statement-breakpoint
-- Nothing has sorted by lower(full_name) since 0010_directory: what a rating has to write stays as much as it was.
DROP INDEX doctors_by_name;
