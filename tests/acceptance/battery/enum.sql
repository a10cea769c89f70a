CREATE TYPE b.mood AS ENUM ('sad', 'it''s', 'größe');
ALTER TYPE b.mood ADD VALUE 'calm' BEFORE 'it''s';
CREATE TABLE b.moods (m b.mood DEFAULT 'sad', a b.mood[] DEFAULT ARRAY['sad', 'größe']::b.mood[], CHECK (m IN ('sad', 'größe')));
