import type { ClientBase } from 'pg';

/** Hostile texts, which a backup must carry unchanged. */
export const hostileTexts = [
  '',
  '\\.',
  '\\N',
  'tab\there, line\nthere, return\rand \\ slash',
  'emoji 🛠️ and ẞ, combining é, right-to-left \u202e mark',
  '<script>alert(1)</script>',
  "'; DROP TABLE plant.pole; --",
  '\u0001\u001f control',
  '"quoted" {json} [1]',
  'x'.repeat(100_000),
];

/**
 * Fills an empty plant: two roles, two people, a project, `poles` poles, three boxes and a client for each
 * third of them, cables, posts with files, tags. Names of poles begin with the hostile texts. Ids are random,
 * so rows differ from call to call.
 */
export async function fillPlant(
  client: ClientBase,
  { schema = 'plant', poles = 300 }: { schema?: string; poles?: number } = {},
): Promise<void> {
  await client.query(`SET search_path = ${client.escapeIdentifier(schema)}`);
  await client.query(`
    INSERT INTO role (id, name, actions) VALUES
      ('00000000-0000-7000-8000-0000000000a1', 'Administrator', '{users.manage,backup.restore}'),
      ('00000000-0000-7000-8000-0000000000a2', 'Viewer', '{network.view}');
    INSERT INTO user_account (id, email, name, password_hash, role_id) VALUES
      ('00000000-0000-7000-8000-0000000000b1', 'ana@example.net', 'Ana', 'h1', '00000000-0000-7000-8000-0000000000a1'),
      ('00000000-0000-7000-8000-0000000000b2', 'rui@example.net', 'Rui', 'h2', '00000000-0000-7000-8000-0000000000a2');
    INSERT INTO project (id, name) VALUES ('00000000-0000-7000-8000-0000000000c1', 'Centro');
    INSERT INTO tag (id, name) VALUES ('00000000-0000-7000-8000-0000000000d1', 'urgent');
    INSERT INTO setting (key, value) VALUES ('map', '{"zoom": 12, "text": "a\\nb"}')`);
  await client.query(
    `INSERT INTO pole (id, project_id, name, lat, lng, type, address)
     SELECT gen_random_uuid(), '00000000-0000-7000-8000-0000000000c1',
            coalesce(($2::text[])[i], 'P-' || i), -23.5 + i * 1e-6, -46.6 - i * 1e-6, 'concrete',
            'Rua ' || md5(i::text) || ', ' || i
       FROM generate_series(1, $1) i`,
    [poles, hostileTexts],
  );
  await client.query(`
    INSERT INTO box (id, project_id, pole_id, name, lat, lng)
      SELECT gen_random_uuid(), project_id, id, 'B-' || left(name, 20), lat, lng FROM pole, generate_series(1, 3)
       WHERE hashtext(id::text) % 3 = 0;
    INSERT INTO client (id, project_id, box_id, name, lat, lng)
      SELECT gen_random_uuid(), project_id, id, 'C ' || name, lat, lng FROM box;
    INSERT INTO cable (id, project_id, name, from_box_id, to_box_id, path)
      SELECT gen_random_uuid(), project_id, 'Cable ' || name, id, lag(id) OVER (ORDER BY id),
             jsonb_build_array(jsonb_build_array(lng, lat), jsonb_build_array(lng + 0.001, lat)) FROM box;
    INSERT INTO post (id, pole_id, title, observation)
      SELECT gen_random_uuid(), id, 'Inspection of ' || left(name, 30), name FROM pole
       WHERE hashtext(id::text) % 5 = 0;
    INSERT INTO post_tag (post_id, tag_id) SELECT id, '00000000-0000-7000-8000-0000000000d1' FROM post;
    ANALYZE`);
}
