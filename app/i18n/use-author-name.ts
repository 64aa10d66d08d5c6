import { useTranslations } from 'next-intl';
import type { AuthorPartsFragment } from '#generated/graphql/client/graphql.ts';

/** Who did it: a person by name, the system in the person's language. */
export function useAuthorName(): (author: AuthorPartsFragment) => string {
  const t = useTranslations('authors');
  return ({ kind, name }) => {
    if (kind === 'PERSON') return name;
    if (kind === 'COMMAND_LINE' && name) return t('COMMAND_LINE_AS', { login: name });
    return t(kind);
  };
}
