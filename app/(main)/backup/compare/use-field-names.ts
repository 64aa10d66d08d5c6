import { useFormatter, useTranslations } from 'next-intl';
import type { ChangePartsFragment } from '#generated/graphql/client/graphql.ts';

/** Keys and digests say nothing to people. */
const UNSAID = new Set(['id', 'sha256']);

type Fields = Pick<ChangePartsFragment, 'fields'>;

/** Names columns as people know them. Those made by hand keep their names. */
export function useFieldNames() {
  const t = useTranslations('compare.fields');
  const format = useFormatter();
  const of = (column: string) => {
    const key = column as Parameters<typeof t>[0];
    return t.has(key) ? t(key) : column;
  };
  const shown = (names: readonly string[]) => [
    ...new Set(names.map((name) => (name === 'lat' || name === 'lng' ? 'place' : name))),
  ];
  return {
    of,
    /** Columns in one line. */
    columns: (names: readonly string[]) => format.list(shown(names).map(of)),
    list: ({ fields }: Fields) =>
      shown(saidFields({ fields }).map(({ name }) => name))
        .map(of)
        .join(', '),
  };
}

/** The fields that say something to people. */
export function saidFields<F extends { readonly name: string }>({
  fields,
}: {
  readonly fields: readonly F[];
}): F[] {
  return fields.filter(({ name }) => !UNSAID.has(name));
}
