import { useTranslations } from 'next-intl';

/** Names the kind of thing that a table holds: of many (Poles), and of one (Pole). Tables made by hand keep their names. */
export function useTableNames() {
  const many = useTranslations('tables');
  const one = useTranslations('compare.things');
  const manyOf = (table: string) => {
    const key = table as Parameters<typeof many>[0];
    return many.has(key) ? many(key) : table;
  };
  const oneOf = (table: string) => {
    const key = table as Parameters<typeof one>[0];
    return one.has(key) ? one(key) : table;
  };
  return { manyOf, oneOf };
}
