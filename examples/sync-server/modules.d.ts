// What is used here of the two databases. Written down, so that types can be checked where they are not installed.

declare module 'pg' {
  export interface PoolClient {
    query(text: string, values?: readonly unknown[]): Promise<{ rows: any[] }>
    release(error?: Error): void
    on(event: 'error', listener: (error: Error) => void): void
  }
  class Pool {
    constructor(options: object)
    connect(): Promise<PoolClient>
    query(text: string, values?: readonly unknown[]): Promise<{ rows: any[] }>
    on(event: 'connect', listener: (client: PoolClient) => void): void
    on(event: 'error', listener: (error: Error) => void): void
    end(): Promise<void>
  }
  const pg: { Pool: typeof Pool, types: { getTypeParser(oid: number, format?: string): unknown } }
  export default pg
}

declare module '@electric-sql/pglite' {
  interface Queries {
    query(text: string, values?: readonly unknown[]): Promise<{ rows: any[] }>
    exec(script: string): Promise<unknown>
  }
  export class PGlite implements Queries {
    static create(place: string, options?: object): Promise<PGlite>
    query(text: string, values?: readonly unknown[]): Promise<{ rows: any[] }>
    exec(script: string): Promise<unknown>
    transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>
    close(): Promise<void>
  }
}
