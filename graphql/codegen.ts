import type { CodegenConfig } from '@graphql-codegen/cli';

const row = (plane: 'plant' | 'vault', model: string) =>
  `../${plane}/client.ts#${model} as ${model}Row`;

const config: CodegenConfig = {
  schema: 'graphql/schema/*.graphql',
  documents: ['graphql/operations/*.graphql'],
  ignoreNoDocuments: true,
  generates: {
    // What `write-documents.ts` writes has the operations themselves.
    'generated/graphql/client/types.ts': {
      plugins: ['typescript-operations'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        importExtension: '.ts',
        scalars: {
          BigInt: 'string',
          DateTime: 'string',
          JSON: 'unknown',
          JSONObject: '../../../lib/errors/params.ts#Params',
        },
      },
    },
    'generated/graphql/resolvers.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        contextType: '../../graphql/context.ts#Context',
        mappers: {
          Author: '../../lib/engine/ports.ts#Author as AuthorFacts',
          GivenName: '../../lib/engine/ports.ts#GivenName as GivenNameFacts',
          Failure: '../../lib/errors/params.ts#Failure as StoredFailure',
          Backup: row('vault', 'Backup'),
          Job: row('vault', 'Job'),
          Restore: row('vault', 'Restore'),
          Compare: row('vault', 'Compare'),
          Import: row('vault', 'Import'),
          ImportedRow: '../../lib/services/imports/shown-rows.ts#ShownRow',
          ChangeSet: row('vault', 'ChangeSet'),
          BringBackPreview:
            '../../lib/services/bring-back/preview-bring-back.ts#BringBackPreview as PreviewedBringBack',
          RowCount: '../../lib/services/bring-back/change-set-queries.ts#RowCount as RowCountFacts',
          RowConflict: '../../lib/services/bring-back/preview-bring-back.ts#ShownConflict',
          ToldRow: '../../lib/services/bring-back/item-rows.ts#ToldItem',
          Change: '../../lib/services/compare/shown-changes.ts#ShownChange',
          ReturningAccount:
            '../../lib/services/restores/returning-account-rows.ts#ReturningAccount as ReturningAccountRow',
          Night: row('vault', 'Night'),
          HealthProblem: '../../lib/services/health/health.ts#HealthProblem as HealthProblemFacts',
          Storage: '../../lib/services/health/storage.ts#Storage as StorageView',
          RetentionPreview:
            '../../lib/services/schedule/run-retention.ts#RetentionPreview as RetentionPreviewView',
          Upload: row('vault', 'Upload'),
          Destination:
            '../../lib/services/external/destination-queries.ts#DestinationView as DestinationView',
          ExternalCopy: '../../lib/services/external/destination-queries.ts#CopyView as CopyView',
          AuditEvent: row('vault', 'AuditEvent'),
          Session: row('vault', 'Session'),
          ApiKey: row('vault', 'ApiKey'),
          NotificationSettings: row('vault', 'NotificationSettings'),
          Notification: row('vault', 'Notification'),
          Webhook: row('vault', 'Webhook'),
          User: row('plant', 'User'),
          Role: row('plant', 'Role'),
          Project: row('plant', 'Project'),
          Pole: row('plant', 'Pole'),
          Box: row('plant', 'Box'),
          Cable: row('plant', 'Cable'),
          Client: row('plant', 'Client'),
          Post: row('plant', 'Post'),
          PostFile: row('plant', 'PostFile'),
          Tag: row('plant', 'Tag'),
          HistoryEntry: row('vault', 'AuditEvent'),
          PlantExport:
            '../../lib/services/exports/request-export.ts#RequestedExport as RequestedExport',
          FoundElement: '../../lib/services/search/search.ts#FoundElement as FoundElementRow',
        },
        scalars: {
          BigInt: { input: 'bigint', output: 'bigint' },
          DateTime: { input: 'Date', output: 'Date' },
          JSON: 'unknown',
          JSONObject: '../../lib/errors/params.ts#Params',
        },
      },
    },
  },
};

export default config;
