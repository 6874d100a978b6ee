using System.Reflection;
using System.Reflection.Emit;

namespace Gateway.Tests;

/// <summary>All types that the code of a type uses: in its declarations, its local variables and the instructions of its methods.</summary>
internal static class UsedTypes
{
    private const BindingFlags Own =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Dictionary<short, OpCode> s_opcodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The types a type uses, taken apart into their elements and arguments. Those nested in it, such as closures, have their own.</summary>
    public static IEnumerable<Type> Of(Type type)
    {
        var members = type.GetMembers(Own);
        return type.GetInterfaces().Append(type.BaseType)
            .Concat(members.OfType<FieldInfo>().SelectMany(Named))
            .Concat(members.OfType<PropertyInfo>().Select(property => property.PropertyType))
            .Concat(members.OfType<MethodBase>().SelectMany(method => Named(method).Concat(InBody(method))))
            .OfType<Type>().SelectMany(Parts)
            .Distinct();
    }

    /// <summary>The type around all those around a type, or itself; what the compiler makes of a method is nested in its type.</summary>
    public static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type?> Named(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType, field.FieldType],
        MethodBase method =>
        [
            method.DeclaringType, (method as MethodInfo)?.ReturnType,
            .. method.IsGenericMethod ? method.GetGenericArguments() : [], .. method.GetParameters().Select(parameter => parameter.ParameterType),
        ],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition())
        : [type];

    private static List<Type?> InBody(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return [];
        }

        var found = new List<Type?>(body.LocalVariables.Select(local => local.LocalType));
        found.AddRange(
            body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType));
        Type[]? ofMethod = method.IsGenericMethodDefinition ? method.GetGenericArguments() : null;
        var code = body.GetILAsByteArray()!.AsSpan();
        while (!code.IsEmpty)
        {
            var opcode = s_opcodes[code[0] == 0xFE ? (short)(0xFE00 | code[1]) : code[0]];
            code = code[opcode.Size..];
            if (opcode.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                var token = BitConverter.ToInt32(code);
                found.AddRange(Named(method.Module.ResolveMember(token, method.DeclaringType!.GetGenericArguments(), ofMethod)!));
            }

            code = code[SizeOf(opcode.OperandType, code)..];
        }

        return found;
    }

    private static int SizeOf(OperandType operand, ReadOnlySpan<byte> code) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code)),
        _ => 4,
    };
}
