// @ts-check
/** What every call throws from the moment of a cut, for nobody is there any more. */
export class PowerCut extends Error {
  constructor() {
    super('the power is cut')
    this.name = 'PowerCut'
  }
}
