import type pg from 'pg';

/** Rows of each table for a plant of about 600 MB of COPY text. */
export interface PlantSize {
  readonly poles: number;
  readonly clients: number;
  readonly posts: number;
}

/** Fills an empty, migrated schema `plant` with realistic rows, the same every time. */
export async function fillPlant(client: pg.ClientBase, size: PlantSize): Promise<void> {
  const uuid = (kind: string, i: string) =>
    `(substr(md5('${kind}' || (${i})), 1, 8) || '-' || substr(md5((${i})::text), 1, 4) || '-7' || substr(md5((${i})::text), 5, 3) ||
      '-8' || substr(md5((${i})::text), 9, 3) || '-' || substr(md5('${kind}' || (${i})), 9, 12))::uuid`;
  const audit = `timestamptz '2026-01-01' + i * interval '7 seconds' + i % 1000 * interval '1 ms',
                 timestamptz '2026-03-01' + i * interval '11 seconds' + i % 997 * interval '1 ms'`;
  const place = `-23.5 + (i::int8 * 7919 % 1000003) / 1000003.0, -46.6 + (i::int8 * 104729 % 1000003) / 1000003.0`;
  await client.query('SET search_path TO plant; SET synchronous_commit TO off');
  await client.query(
    `INSERT INTO project (id, name) SELECT ${uuid('project', 'i')}, 'Project ' || i FROM generate_series(0, 49) i`,
  );
  await client.query(
    `INSERT INTO pole (id, project_id, name, lat, lng, type, address, licensing_status, created_at, updated_at)
     SELECT ${uuid('pole', 'i')}, ${uuid('project', 'i % 50')}, 'P-' || lpad(i::text, 7, '0'), ${place},
            CASE i % 3 WHEN 0 THEN 'Concrete 9 m' WHEN 1 THEN 'Wood 11 m' ELSE 'Steel 7 m' END,
            'Rua ' || (i::int8 * 31 % 4999) || ', ' || i % 900, 'UNKNOWN', ${audit}
       FROM generate_series(1, $1::int) i`,
    [size.poles],
  );
  await client.query(
    `INSERT INTO client (id, project_id, name, lat, lng, address, plan, port, status, created_at, updated_at)
     SELECT ${uuid('client', 'i')}, ${uuid('project', 'i % 50')},
            'Cliente ' || md5('name' || i), ${place}, 'Avenida ' || (i::int8 * 37 % 7919) || ', ' || i % 2000,
            (100 * (1 + i % 9)) || ' Mbit/s', 1 + i % 16, 'ACTIVE', ${audit}
       FROM generate_series(1, $1::int) i`,
    [size.clients],
  );
  await client.query(
    `INSERT INTO post (id, project_id, title, observation, created_at, updated_at)
     SELECT ${uuid('post', 'i')}, ${uuid('project', 'i % 50')}, 'Visit ' || i,
            'Splice ' || md5('splice' || i) || ' measured ' || (i % 400) / 10.0 || E' dB\\nTechnician ' || i % 60 || ', signal ok',
            ${audit}
       FROM generate_series(1, $1::int) i`,
    [size.posts],
  );
  await client.query('VACUUM ANALYZE');
}
