-- The directory at a million doctors, and a score that is honest (docs/decisions/0041-the-directory.md). What is searched and sorted by is
-- kept here, by triggers, so that whoever writes a doctor or a rating, this version or the one before, keeps it right.

-- How names and places are compared: without case, accents, punctuation. "Müller-Ødegård" and "muller odegard" are one.
-- Punctuation is told by its characters and not by [[:alnum:]], which in a database of locale C knows no letters but ours.
CREATE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
  translate(
    replace(replace(replace(replace(
      regexp_replace(lower(normalize($1, NFKD)), '[\u0300-\u036f''`´ʼ‘’]', '', 'g'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
    'øłđðħıŧ', 'olddhit'),
  '[][\s!-/:;<=>?@\\^_{|}~]+', ' ', 'g'));
--> statement-breakpoint
ALTER TABLE doctors
  -- ' maria garcia ': the words of the name, plain, each between spaces. Places likewise, without the spaces. "C": beginnings are a range of the index.
  ADD COLUMN name_key text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN country_key text,
  ADD COLUMN city_key text,
  ADD COLUMN rating_average double precision,
  -- How many people the ratings are from, and when the newest came.
  ADD COLUMN rating_patients integer NOT NULL DEFAULT 0,
  ADD COLUMN rated_at timestamptz(3);
--> statement-breakpoint
-- Everything that a doctor is looked for by, as one document: the words of the name; '=' before what filters compare; and '~' before each word and what is
-- left of it without one of its letters: two words that share one of these differ in about one letter. Its cost keeps PostgreSQL
-- from computing it for row after row where the index has it, and restricted from starting workers for some hundred rows. A loop: a tenth of what
-- sets cost for so few.
CREATE FUNCTION doctor_terms(name_key text, specialty text, languages text[], country_key text, city_key text, rating_average double precision)
RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED COST 10000
AS $$
DECLARE
  terms text[] := string_to_array(btrim(name_key), ' ');
  word text;
BEGIN
  FOREACH word IN ARRAY terms LOOP
    terms := terms || ('~' || word);
    FOR n IN 1..length(word) LOOP
      EXIT WHEN length(word) < 3;
      terms := terms || ('~' || left(word, n - 1) || substr(word, n + 1));
    END LOOP;
  END LOOP;
  FOREACH word IN ARRAY languages LOOP
    terms := terms || ('=language ' || word);
  END LOOP;
  FOREACH word IN ARRAY '{3,3.5,4,4.5,5}'::text[] LOOP
    EXIT WHEN rating_average IS NULL OR rating_average < word::float8;
    terms := terms || ('=rating ' || word);
  END LOOP;
  terms := terms || ARRAY['=specialty ' || specialty, '=country ' || country_key, '=city ' || city_key];
  RETURN array_to_tsvector(array_remove(array_remove(terms, NULL), ''));
END
$$;
--> statement-breakpoint
-- What a doctor's ratings weigh together: one vote a patient, the mean of that patient's ratings, as fresh as the newest of them. A rating's weight
-- halves with each year that it is older than the doctor's newest. The votes of one month (30 days) weigh as the square root of their number:
-- a dozen friends in a week are not a dozen patients over a year. Five imagined votes, one of each level, come first.
-- score: the lower bound (one-sided 95 %) of the mean after ever so many ratings, as of the beginning of 2026: it falls
-- by a quarter of a star a year from the newest rating on, so what is stored grows by as much a year of that rating's date, and no row has to be renewed.
CREATE FUNCTION weigh_ratings(doctor uuid, joined timestamptz, OUT score double precision, OUT patients integer, OUT newest timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  WITH given AS (
    SELECT patient_id, stars, created_at, max(created_at) OVER () AS newest FROM ratings WHERE doctor_id = doctor
  ), weighed AS (
    SELECT *, power(0.5::float8, least(extract(epoch FROM newest - created_at)::float8 / 31557600, 1000)) AS weight FROM given
  ), voters AS (
    SELECT max(weight) AS weight, sum(weight * stars) / sum(weight) AS stars, max(newest) AS newest,
      floor(extract(epoch FROM max(created_at)) / 2592000) AS month FROM weighed GROUP BY patient_id
  ), votes AS (
    SELECT weight / sqrt(count(*) OVER (PARTITION BY month)) AS weight, stars, newest FROM voters
  ), sums AS (
    SELECT 5 + coalesce(sum(weight), 0) AS n, 15 + coalesce(sum(weight * stars), 0) AS sum,
      55 + coalesce(sum(weight * stars * stars), 0) AS squares, count(*)::integer AS patients, max(newest) AS newest FROM votes
  )
  SELECT sum / n - 1.65 * sqrt(greatest(squares / n - (sum / n) ^ 2, 0) / (n + 1))
      + 0.25 * extract(epoch FROM coalesce(newest, joined) - timestamptz '2026-01-01Z')::float8 / 31557600,
    patients, newest FROM sums
$$;
--> statement-breakpoint
-- The row is locked when this runs, and what a statement in here reads is what is committed by then: of two ratings at once
-- the second sees the first. A score cannot be set, only computed: setting it to anything computes it anew.
CREATE FUNCTION keep_doctor() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  weighed record;
BEGIN
  IF TG_OP = 'INSERT' OR (NEW.full_name, NEW.country, NEW.city) IS DISTINCT FROM (OLD.full_name, OLD.country, OLD.city) OR OLD.name_key = '' THEN
    NEW.name_key := ' ' || plain_text(NEW.full_name) || ' ';
    NEW.country_key := plain_text(NEW.country);
    NEW.city_key := plain_text(NEW.city);
  END IF;
  NEW.rating_average := round(NEW.rating_sum::numeric / nullif(NEW.rating_count, 0), 2);
  -- Rows come with ratings only out of a backup, where their ratings come after them.
  IF (TG_OP = 'INSERT' AND NEW.rating_count = 0) OR (TG_OP = 'UPDATE' AND (NEW.rating_count, NEW.score) IS DISTINCT FROM (OLD.rating_count, OLD.score)) THEN
    SELECT * INTO weighed FROM weigh_ratings(NEW.account_id, NEW.created_at);
    NEW.score := weighed.score;
    NEW.rating_patients := weighed.patients;
    NEW.rated_at := weighed.newest;
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER doctors_are_kept BEFORE INSERT OR UPDATE ON doctors FOR EACH ROW EXECUTE FUNCTION keep_doctor();
--> statement-breakpoint
UPDATE doctors SET score = 0;
--> statement-breakpoint
-- What filters compare stands in the indexes that lists walk along, so that a doctor who does not fit costs no visit to the table.
DROP INDEX doctors_by_rating, doctors_of_specialty_by_rating, doctors_by_experience, doctors_by_newest;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS doctors_by_rating ON doctors (score DESC, account_id DESC)
  INCLUDE (specialty, name_key, languages, country_key, city_key, accepting_requests, rating_average) WHERE listed;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS doctors_of_specialty_by_rating ON doctors (specialty, score DESC, account_id DESC)
  INCLUDE (name_key, languages, country_key, city_key, accepting_requests, rating_average) WHERE listed;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS doctors_by_experience ON doctors (experience_years DESC, account_id DESC)
  INCLUDE (specialty, name_key, languages, country_key, city_key, accepting_requests, rating_average) WHERE listed;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS doctors_by_newest ON doctors (created_at DESC, account_id DESC)
  INCLUDE (specialty, name_key, languages, country_key, city_key, accepting_requests, rating_average) WHERE listed;
--> statement-breakpoint
-- The version before sorts by lower(full_name), and keeps its index.
CREATE INDEX IF NOT EXISTS doctors_by_name_key ON doctors (name_key, account_id)
  INCLUDE (specialty, languages, country_key, city_key, accepting_requests, rating_average) WHERE listed;
--> statement-breakpoint
-- Who joined last has no rating yet, and who has five stars throughout has few: for a least rating, these are walked instead.
CREATE INDEX IF NOT EXISTS doctors_rated_by_newest ON doctors (created_at DESC, account_id DESC)
  INCLUDE (specialty, name_key, languages, country_key, city_key, accepting_requests, rating_average) WHERE listed AND rating_average IS NOT NULL;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS doctors_of_five_stars_by_rating ON doctors (score DESC, account_id DESC)
  INCLUDE (specialty, name_key, languages, country_key, city_key, accepting_requests, rating_average) WHERE listed AND rating_average = 5;
--> statement-breakpoint
-- For how many each specialty has: 7 MB of a million, where the others have twenty times that.
CREATE INDEX IF NOT EXISTS doctors_listed ON doctors (specialty) WHERE listed;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS doctors_by_terms ON doctors
  USING gin (doctor_terms(name_key, specialty, languages, country_key, city_key, rating_average)) WITH (fastupdate = off) WHERE listed;
--> statement-breakpoint
-- Walks stay within the indexes where PostgreSQL knows that all of a page is visible: so it looks often.
ALTER TABLE doctors SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
