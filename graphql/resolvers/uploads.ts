import { storedFailure } from '#errors';
import type { Resolvers, UploadStatus } from '#generated/graphql/resolvers.ts';
import { authorIn } from '#services/authors.ts';
import { permit } from '#services/permit.ts';
import {
  createUpload,
  findUpload,
  listUploads,
  receivedOf,
  retryUploadCheck,
  uploadUrl,
} from '#services/uploads/uploads.ts';
import type { Context } from '../context.ts';
import { backupsById, jobsById } from './loaders.ts';

const mayUpload = ({ server, actor }: Context) => permit(server, actor, 'backup.upload');

export const uploadResolvers: Resolvers = {
  Query: {
    uploads: async (_root, _args, context) => listUploads(context.server, await mayUpload(context)),
    upload: async (_root, { id }, context) =>
      findUpload(context.server, await mayUpload(context), id),
  },
  Mutation: {
    createUpload: async (_root, { input }, context) => ({
      upload: await createUpload(context.server, await mayUpload(context), input),
    }),
    checkUpload: async (_root, { id }, context) => ({
      job: await retryUploadCheck(context.server, await mayUpload(context), id),
    }),
  },
  Upload: {
    url: uploadUrl,
    status: (upload) => upload.status as UploadStatus,
    received: (upload, _args, { server }) => receivedOf(server, upload),
    author: (upload) => authorIn(upload, 'author'),
    job: (upload, _args, context) =>
      upload.jobId === null ? null : jobsById(context).load(upload.jobId),
    error: ({ error }) => storedFailure(error),
    backup: (upload, _args, context) =>
      upload.backupId === null ? null : backupsById(context).load(upload.backupId),
  },
};
