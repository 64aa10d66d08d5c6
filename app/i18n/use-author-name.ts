import { useTranslations } from 'next-intl';
import type { AuthorPartsFragment } from '#generated/graphql/client/graphql.ts';

/** The displayed name of an author: a person's name, or a translated name of the system. */
export function useAuthorName(): (author: AuthorPartsFragment) => string {
  const t = useTranslations('authors');
  return ({ kind, name }) => {
    if (kind === 'PERSON') return name;
    if (kind === 'COMMAND_LINE' && name) return t('COMMAND_LINE_AS', { login: name });
    return t(kind);
  };
}
