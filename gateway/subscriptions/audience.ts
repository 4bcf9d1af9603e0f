import {
  type DocumentNode,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/**
 * Which subscriptions all viewers may share. Those that qualify run for nobody in particular, so that a mistake in this
 * table can make an answer less personal, but never shows one viewer's to another.
 */
export interface Audiences {
  /** Root fields whose events are the same for everyone. */
  readonly everyone: readonly string[]
  /** Fields that depend on the viewer, as `Type.field`: an operation with any of them is not shared. */
  readonly personal: readonly string[]
}

export const noAudiences: Audiences = { everyone: [], personal: [] }

/** @throws when the table speaks of what the schema does not have */
export function checkAudiences(schema: GraphQLSchema, { everyone, personal }: Audiences): void {
  for (const coordinate of [...everyone.map((name) => `${schema.getSubscriptionType()?.name}.${name}`), ...personal]) {
    const [typeName = '', fieldName = ''] = coordinate.split('.')
    const type = schema.getType(typeName)
    if (!(isObjectType(type) && type.getFields()[fieldName])) throw new Error(`there is no field ${coordinate}`)
  }
}

/** Whether no field of a valid document depends on the viewer. */
export function isImpersonal(schema: GraphQLSchema, document: DocumentNode, { personal }: Audiences): boolean {
  const names = new Set(personal)
  const types = new TypeInfo(schema)
  let impersonal = true
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name: { value } }) {
        const parent = types.getParentType()
        const possible = isAbstractType(parent) ? schema.getPossibleTypes(parent) : parent ? [parent] : []
        if (possible.some((type) => names.has(`${type.name}.${value}`))) impersonal = false
      },
    }),
  )
  return impersonal
}
