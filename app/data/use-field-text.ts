'use client';

import { useMessages } from 'next-intl';
import { fieldTextIn } from '#errors/text-in.ts';
import { useWriting } from '../i18n/use-writing.ts';
import type { FieldProblem } from './problem.ts';

/**
 * Says what is wrong with a field in the person's language. Falls back to the server's text if this
 * page does not know the reason.
 */
export function useFieldText(): (field: FieldProblem) => string {
  const { errors } = useMessages();
  const writing = useWriting();
  return (field) => fieldTextIn(errors, field, writing) ?? field.message;
}
